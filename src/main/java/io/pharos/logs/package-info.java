/// Log output: JSON lines on the standard output, and in Loki if configured.
///
/// A bridge passes the records of the log manager to logback appenders in a separate context, which
/// redact secrets. While Loki is down, lines are stored in a queue, and dropped once it is full;
/// callers never wait.
@NullMarked
package io.pharos.logs;

import org.jspecify.annotations.NullMarked;
