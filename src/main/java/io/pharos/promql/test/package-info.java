/// Prometheus' test language for PromQL: scripts that load series and state expected results.
///
/// [PromqlScript] is a parsed script, [ScriptRunner] runs it, [ScriptReport] contains the results.
/// Scripts have the same format as Prometheus' `promqltest`.
@NullMarked
package io.pharos.promql.test;

import org.jspecify.annotations.NullMarked;
