package io.pharos.server.app;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The demo backend as a process of its own, so that it can be killed like a real one. It ends when
/// this process ends.
final class DemoBackendProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DemoBackendProcess.class);

  private final Process process;

  private DemoBackendProcess(Process process) {
    this.process = process;
  }

  /// Starts the demo backend by the java and the jar that run now.
  ///
  /// @param listen its HOST:PORT
  /// @param tokenFile where it writes the bearer token that its /metrics asks for
  /// @param log where its own log goes
  static DemoBackendProcess start(String listen, Path tokenFile, Path log) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx64m", "-XX:TieredStopAtLevel=1"));
    command.add("-jar");
    command.add(jar());
    command.addAll(
        List.of("demo-backend", "--listen=" + listen, "--token-file=" + tokenFile, "--log=" + log));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "stop-demo-backend"));
      LOG.info("demo backend started on http://{} as process {}", listen, process.pid());
      return new DemoBackendProcess(process);
    } catch (IOException e) {
      throw new UncheckedIOException("the demo backend can't be started: " + command, e);
    }
  }

  private static String jar() {
    return System.getProperty("java.class.path").split(File.pathSeparator)[0];
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) { // the process is asked to stop; that is enough
      Thread.currentThread().interrupt();
    }
  }
}
