package io.pharos.cli.command;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Prints the progress of a long operation: on a terminal it overwrites one line, elsewhere it
/// prints a new line every five seconds. A short operation prints nothing.
public final class ProgressLine implements AutoCloseable {
  private static final long TERMINAL_INTERVAL = Duration.ofMillis(200).toNanos();
  private static final long NEVER = Duration.ofDays(1).toNanos();
  private static final long LINE_INTERVAL = Duration.ofSeconds(5).toNanos();

  private final PrintStream err;
  private final boolean isTerminal;
  private final long interval;
  private final LongSupplier nanos;
  private long nextPrint;
  private boolean shown;

  /// @param lineInterval nanoseconds between lines elsewhere than on a terminal
  public ProgressLine(PrintStream err, boolean isTerminal, long lineInterval, LongSupplier nanos) {
    this.err = err;
    this.isTerminal = isTerminal;
    this.interval = isTerminal ? TERMINAL_INTERVAL : lineInterval;
    this.nanos = nanos;
    this.nextPrint = nanos.getAsLong() + interval;
  }

  /// Creates the line of an operation that may take minutes.
  public static ProgressLine on(PrintStream err) {
    return new ProgressLine(err, isTerminal(), LINE_INTERVAL, System::nanoTime);
  }

  /// Creates a line that is printed on a terminal only.
  public static ProgressLine onTerminal(PrintStream err) {
    return new ProgressLine(err, isTerminal(), NEVER, System::nanoTime);
  }

  /* Java knows only about the standard input and output; Linux tells where errors go. */
  private static boolean isTerminal() {
    boolean toDevice;
    try {
      toDevice = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).startsWith("/dev");
    } catch (IOException _) { // not Linux
      toDevice = true;
    }
    return toDevice
        && Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  /// Shows how much of a step is done.
  public void at(String what, long done, long all) {
    show(() -> "%s: %d of %d, %d %%".formatted(what, done, all, done * 100 / Math.max(1, all)));
  }

  /// Shows a text if it is time for one.
  public void show(Supplier<String> text) {
    long now = nanos.getAsLong();
    if (now - nextPrint < 0) {
      return;
    }
    nextPrint = now + interval;
    if (isTerminal) {
      err.print("\r\u001b[K" + text.get());
      err.flush();
      shown = true;
    } else {
      err.println(text.get());
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
