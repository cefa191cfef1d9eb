/// Other servers over HTTP: a Prometheus-compatible engine that evaluates expressions, and
/// Alertmanagers that take alerts.
@NullMarked
package io.pharos.remote;

import org.jspecify.annotations.NullMarked;
