/// Log output: JSON lines on the standard output, and Loki if configured.
///
/// A bridge passes the records of the log manager to logback appenders in a separate context, which
/// redact secrets. If Loki is down, lines fill a bounded queue and are then dropped; callers never
/// wait.
@NullMarked
package io.pharos.logs;

import org.jspecify.annotations.NullMarked;
