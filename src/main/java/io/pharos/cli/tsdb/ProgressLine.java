package io.pharos.cli.tsdb;

import io.pharos.tsdb.StoredData;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Prints the progress of a long operation: on a terminal it overwrites one line, elsewhere it
/// prints a new line every five seconds. A short operation prints nothing.
final class ProgressLine implements StoredData.Progress, AutoCloseable {
  private static final long TERMINAL_INTERVAL = Duration.ofMillis(200).toNanos();
  private static final long LINE_INTERVAL = Duration.ofSeconds(5).toNanos();

  private final PrintStream err;
  private final boolean isTerminal;
  private final LongSupplier nanos;
  private long nextPrint;
  private boolean shown;

  ProgressLine(PrintStream err, boolean isTerminal, LongSupplier nanos) {
    this.err = err;
    this.isTerminal = isTerminal;
    this.nanos = nanos;
    this.nextPrint = nanos.getAsLong() + interval();
  }

  static ProgressLine on(PrintStream err) {
    boolean isTerminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    return new ProgressLine(err, isTerminal, System::nanoTime);
  }

  private long interval() {
    return isTerminal ? TERMINAL_INTERVAL : LINE_INTERVAL;
  }

  @Override
  public void at(String what, long done, long all) {
    long now = nanos.getAsLong();
    if (now - nextPrint < 0) {
      return;
    }
    nextPrint = now + interval();
    String line = "%s: %d of %d, %d %%".formatted(what, done, all, done * 100 / Math.max(1, all));
    if (isTerminal) {
      err.print("\r\u001b[K" + line);
      err.flush();
      shown = true;
    } else {
      err.println(line);
    }
  }

  /// Erases the line on a terminal.
  @Override
  public void close() {
    if (shown) {
      err.print("\r\u001b[K");
      err.flush();
      shown = false;
    }
  }
}
