package io.pharos.rollout.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Starts and stops servers by shell commands: `START_COMMAND` with `COLOR` and `VERSION`, and
/// `STOP_COMMAND` with `COLOR`.
///
/// @param logs directory with a log for each server
record ProcessDriver(BoundedCommand shell, String startCommand, String stopCommand, Path logs)
    implements ServerDriver {
  @Override
  public void start(String server, String version) throws IOException, InterruptedException {
    run(startCommand, server, Map.of("COLOR", server, "VERSION", version));
  }

  @Override
  public void stop(String server) throws IOException, InterruptedException {
    run(stopCommand, server, Map.of("COLOR", server));
  }

  private void run(String command, String server, Map<String, String> variables)
      throws IOException, InterruptedException {
    shell.run(List.of("bash", "-c", command), variables, logs.resolve(server + ".log"));
  }
}
