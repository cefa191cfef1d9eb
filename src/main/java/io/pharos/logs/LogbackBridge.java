package io.pharos.logs;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.ExtLogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// Writes the records of the root logger to the standard output and to Loki. The log manager has
/// already filtered them by level (`quarkus.log.level`). Its lowest level is `TRACE`. If the root
/// logger has the level `ALL`, Quarkus has not set the level yet.
public final class LogbackBridge implements AutoCloseable {
  private final Logger root = Logger.getLogger("");
  private final LoggerContext context = new LoggerContext();
  private final OutputStreamAppender<ILoggingEvent> standardOutput = new OutputStreamAppender<>();
  private final OutputStream output;
  private final @Nullable LokiAppender loki;
  private final Handler handler = new BridgeHandler();
  private volatile boolean lokiRuns;

  private LogbackBridge(LogSettings settings, LogSettings.Format format, OutputStream output) {
    this.output = output;
    context.setName(settings.app());
    standardOutput.setContext(context);
    standardOutput.setName("stdout");
    standardOutput.setEncoder(
        switch (format) {
          case JSON -> JsonLines.forStandardOutput(context, settings);
          case TEXT, COLOURED ->
              new TextLines(ZoneId.systemDefault(), format == LogSettings.Format.COLOURED);
        });
    standardOutput.setOutputStream(output);
    standardOutput.start();
    // If the context had no listener, the Loki appender would print to the standard error.
    context.getStatusManager().add(new StatusLog(standardOutput, InstantSource.system()));
    LogSettings.Loki target = settings.loki();
    loki = target == null ? null : new LokiAppender(context, settings, target);
    lokiRuns = loki != null;
    context.start();
  }

  /// Initializes the log manager. Must be called before a second thread starts, because two threads
  /// that log for the first time at the same moment would deadlock.
  public static void prepare() {
    LogManager _ = LogManager.getLogManager();
    var _ = LoggerFactory.getILoggerFactory();
  }

  /// Adds a bridge to the root logger and removes an existing bridge. Must be called early in
  /// `main`, so that errors of the start are logged.
  public static LogbackBridge install(LogSettings settings, LogSettings.Format format) {
    return install(settings, format, new FileOutputStream(FileDescriptor.out));
  }

  /// Like [#install(LogSettings, LogSettings.Format)], but writes to `output` instead of the
  /// standard output.
  static LogbackBridge install(
      LogSettings settings, LogSettings.Format format, OutputStream output) {
    var bridge = new LogbackBridge(settings, format, new SharedOutput(output));
    for (Handler other : bridge.root.getHandlers()) {
      // Compares names, because a reload in development mode loads the class a second time.
      if (other.getClass().getName().equals(BridgeHandler.class.getName())) {
        bridge.root.removeHandler(other);
      }
    }
    bridge.root.addHandler(bridge.handler);
    return bridge;
  }

  /// Returns the standard output, for other writers. The bytes of one call are not mixed with the
  /// bytes of other calls.
  public OutputStream output() {
    return output;
  }

  /// Registers the counters of lines that Loki did not receive.
  public void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("pharos_loki_dropped_lines", this, LogbackBridge::lokiDroppedLines)
        .description("Log lines dropped because the queue for Loki was full.")
        .register(registry);
    FunctionCounter.builder("pharos_loki_send_errors", this, LogbackBridge::lokiSendErrors)
        .description("Pushes to Loki that failed.")
        .register(registry);
    FunctionCounter.builder("pharos_loki_lost_batches", this, LogbackBridge::lokiLostBatches)
        .description("Batches of log lines that Loki rejected.")
        .register(registry);
  }

  long lokiDroppedLines() {
    return loki == null ? 0 : loki.droppedLines();
  }

  /// Returns the number of failed pushes, including retries.
  long lokiSendErrors() {
    return loki == null ? 0 : loki.sendErrors();
  }

  long lokiLostBatches() {
    return loki == null ? 0 : loki.lostBatches();
  }

  /// Sends the lines in the queue to Loki for at most 3 s, and then stops sending. The standard
  /// output still works. Must be called late in the shutdown.
  public void stopLoki() {
    if (loki != null && lokiRuns) {
      lokiRuns = false;
      loki.stop();
    }
  }

  /// Removes the bridge from the root logger.
  @Override
  public void close() {
    root.removeHandler(handler);
    stopLoki();
    standardOutput.stop();
    context.stop();
  }

  /// Quarkus sets the levels some 200 ms after the start. Until then the root logger accepts all
  /// records, so records below INFO are not written.
  private boolean levelsAreSet() {
    Level level = root.getLevel();
    return level != null && level.intValue() > Level.ALL.intValue();
  }

  private final class BridgeHandler extends ExtHandler {
    @Override
    public boolean isLoggable(LogRecord record) {
      return super.isLoggable(record)
          && (record.getLevel().intValue() >= Level.INFO.intValue() || levelsAreSet());
    }

    @Override
    protected void doPublish(ExtLogRecord record) {
      BridgeEvent event = BridgeEvent.of(record);
      standardOutput.doAppend(event);
      LokiAppender target = loki;
      if (target != null && lokiRuns) {
        target.append(event);
      }
    }
  }

  /// Writes one call after the other. Does not close the standard output when the bridge is closed.
  private static final class SharedOutput extends OutputStream {
    private final OutputStream stream;
    private final ReentrantLock writing = new ReentrantLock();

    SharedOutput(OutputStream stream) {
      this.stream = stream;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      writing.lock();
      try {
        stream.write(bytes, offset, length);
      } finally {
        writing.unlock();
      }
    }

    @Override
    public void flush() throws IOException {
      stream.flush();
    }
  }
}
