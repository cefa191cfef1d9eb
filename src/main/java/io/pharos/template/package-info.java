/// Implements the parts of Go's text/template and html/template that rule annotations and
/// Alertmanager's templates use. A template is parsed once and executed often, with limits on
/// steps, depth and output.
///
/// The package also contains the functions and data of Prometheus' and Alertmanager's templates.
/// Templates are untrusted input: they may fail but must never hang.
@NullMarked
package io.pharos.template;

import org.jspecify.annotations.NullMarked;
