/// Where log lines go: JSON on the standard output always, Loki if it is configured.
///
/// A bridge takes every record of the log manager to logback appenders of a context of their own;
/// secrets are blotted out on the way. A dead Loki costs a bounded queue and a counter, no time.
@NullMarked
package io.pharos.logs;

import org.jspecify.annotations.NullMarked;
