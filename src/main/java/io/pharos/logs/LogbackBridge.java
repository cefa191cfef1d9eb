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

/// Takes the records of the root logger to the standard output and to Loki. Which levels arrive is
/// decided before, by the log manager (`quarkus.log.level` and its kin; `TRACE` is the lowest,
/// `ALL` stands for "not yet set").
public final class LogbackBridge implements AutoCloseable {
  private final Logger root = Logger.getLogger("");
  private final LoggerContext context = new LoggerContext();
  private final OutputStreamAppender<ILoggingEvent> standardOutput = new OutputStreamAppender<>();
  private final OutputStream output;
  private final @Nullable LokiAppender loki;
  private final Handler handler = new BridgeHandler();
  private volatile boolean lokiRuns;

  private LogbackBridge(LogSettings settings, OutputStream output) {
    this.output = output;
    context.setName(settings.app());
    standardOutput.setContext(context);
    standardOutput.setName("stdout");
    standardOutput.setEncoder(JsonLines.forStandardOutput(context, settings));
    standardOutput.setOutputStream(output);
    standardOutput.start();
    // A listener of our own keeps the Loki appender from printing to the standard error.
    context.getStatusManager().add(new StatusLog(standardOutput, InstantSource.system()));
    LogSettings.Loki target = settings.loki();
    loki = target == null ? null : new LokiAppender(context, settings, target);
    lokiRuns = loki != null;
    context.start();
  }

  /// Makes what loggers stand on. To be called before there is a second thread: two that log for
  /// the first time at once wait for each other for ever, since the classes of the log manager need
  /// each other.
  public static void prepare() {
    LogManager _ = LogManager.getLogManager();
    var _ = LoggerFactory.getILoggerFactory();
  }

  /// Puts a bridge on the root logger, in place of one that is there. To be called first thing in
  /// `main`, so that a failed start is logged too.
  public static LogbackBridge install(LogSettings settings) {
    return install(settings, new FileOutputStream(FileDescriptor.out));
  }

  /// The same with another standard output.
  static LogbackBridge install(LogSettings settings, OutputStream output) {
    var bridge = new LogbackBridge(settings, new Unclosed(output));
    for (Handler other : bridge.root.getHandlers()) {
      // By name: after a reload in development mode the old class is another one.
      if (other.getClass().getName().equals(BridgeHandler.class.getName())) {
        bridge.root.removeHandler(other);
      }
    }
    bridge.root.addHandler(bridge.handler);
    return bridge;
  }

  /// The standard output, for lines that others make: what is written by one call is not torn.
  public OutputStream output() {
    return output;
  }

  /// Counts what Loki does not get.
  public void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("pharos_loki_dropped_lines", this, LogbackBridge::lokiDroppedLines)
        .description("Log lines that Loki did not get because the queue was full.")
        .register(registry);
    FunctionCounter.builder("pharos_loki_send_errors", this, LogbackBridge::lokiSendErrors)
        .description("Pushes to Loki that failed.")
        .register(registry);
    FunctionCounter.builder("pharos_loki_lost_batches", this, LogbackBridge::lokiLostBatches)
        .description("Batches of log lines that were given up.")
        .register(registry);
  }

  long lokiDroppedLines() {
    return loki == null ? 0 : loki.droppedLines();
  }

  /// Retries included.
  long lokiSendErrors() {
    return loki == null ? 0 : loki.sendErrors();
  }

  long lokiLostBatches() {
    return loki == null ? 0 : loki.lostBatches();
  }

  /// Sends what waits for Loki, for three seconds at most, and no more thereafter; the standard
  /// output goes on. To be called late in the shutdown.
  public void stopLoki() {
    if (loki != null && lokiRuns) {
      lokiRuns = false;
      loki.stop();
    }
  }

  /// Takes the bridge off the root logger.
  @Override
  public void close() {
    root.removeHandler(handler);
    stopLoki();
    standardOutput.stop();
    context.stop();
  }

  /// Quarkus starts with a root logger that lets all pass and sets the levels some 200 ms later;
  /// until then only what is worth a line by default gets one.
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

  /// The process's standard output outlives the bridge. One writes at a time.
  private static final class Unclosed extends OutputStream {
    private final OutputStream stream;
    private final ReentrantLock writing = new ReentrantLock();

    Unclosed(OutputStream stream) {
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
