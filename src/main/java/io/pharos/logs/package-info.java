/// Log output: JSON lines on the standard output, and also in Loki if it is configured.
///
/// A bridge passes the records of the log manager to logback appenders in a separate context. The
/// appenders redact secrets. While Loki is down, lines are stored in a queue, and dropped once the
/// queue is full. So callers never wait for Loki.
@NullMarked
package io.pharos.logs;

import org.jspecify.annotations.NullMarked;
