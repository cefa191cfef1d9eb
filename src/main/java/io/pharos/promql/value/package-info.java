/// What a PromQL expression evaluates to, and the port that evaluates one.
///
/// Those who ask (rules, the gate, the HTTP API) see only this package and can't tell whether the
/// embedded engine or a remote one answers.
@NullMarked
package io.pharos.promql.value;

import org.jspecify.annotations.NullMarked;
