/// PromQL: expression trees, the parser, values of expressions, the embedded engine, a client for
/// the engine of another server, and the test language for both engines.
@NullMarked
package io.pharos.promql;

import org.jspecify.annotations.NullMarked;
