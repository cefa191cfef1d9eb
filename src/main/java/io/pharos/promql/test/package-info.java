/// Prometheus' test language for PromQL: scripts that load series and state expected results.
///
/// [PromqlScript] is a parsed script, [ScriptRunner] runs it, [ScriptReport] has the results. The
/// format is that of Prometheus' `promqltest`.
@NullMarked
package io.pharos.promql.test;

import org.jspecify.annotations.NullMarked;
