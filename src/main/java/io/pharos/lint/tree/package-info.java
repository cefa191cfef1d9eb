/// Checks that compare versioned files with each other; [TreeLint] runs them.
@NullMarked
package io.pharos.lint.tree;

import org.jspecify.annotations.NullMarked;
