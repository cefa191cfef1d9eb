/// PromQL: the tree of an expression, its parser, what it evaluates to, the embedded engine, the
/// engine of another server, and the test language for all of them.
@NullMarked
package io.pharos.promql;

import org.jspecify.annotations.NullMarked;
