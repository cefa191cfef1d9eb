/// Prometheus' test language for PromQL: scripts that load series and say what expressions must
/// give.
///
/// [PromqlScript] is a script that was read, [ScriptRunner] runs its commands, [ScriptReport] says
/// what came of them. The format is that of Prometheus' `promqltest`.
@NullMarked
package io.pharos.promql.test;

import org.jspecify.annotations.NullMarked;
