/// Checks versioned files against each other; [TreeLint] runs them.
@NullMarked
package io.pharos.lint.tree;

import org.jspecify.annotations.NullMarked;
