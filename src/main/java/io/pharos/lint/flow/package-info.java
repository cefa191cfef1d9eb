/// Infers which labels and which values the result of an expression can have.
@NullMarked
package io.pharos.lint.flow;

import org.jspecify.annotations.NullMarked;
