package io.pharos.rollout.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Runs servers as docker compose services. The name of a service consists of a common prefix, a
/// hyphen and the server's name. The compose file reads the version from the variable
/// `BACKEND_VERSION`.
///
/// @param file the compose file
/// @param service the common prefix: `backend` for `backend-blue`
/// @param logs directory with a log for each server
record ComposeDriver(BoundedCommand docker, Path file, String service, Path logs)
    implements ServerDriver {
  @Override
  public void start(String server, String version) throws IOException, InterruptedException {
    run(server, Map.of("BACKEND_VERSION", version), "up", "--detach", "--no-deps");
  }

  @Override
  public void stop(String server) throws IOException, InterruptedException {
    run(server, Map.of(), "stop");
  }

  private void run(String server, Map<String, String> variables, String... command)
      throws IOException, InterruptedException {
    Path log = logs.resolve(server + ".log");
    var words = new ArrayList<>(compose(log));
    words.addAll(List.of("--file", file.toString()));
    words.addAll(List.of(command));
    words.add(service + "-" + server);
    docker.run(words, variables, log);
  }

  /// Returns the words that run compose: a subcommand of docker, or a separate program on older
  /// hosts.
  private List<String> compose(Path log) throws InterruptedException {
    try {
      docker.run(List.of("docker", "compose", "version"), Map.of(), log);
      return List.of("docker", "compose");
    } catch (IOException _) { // if docker-compose is missing too, its error is reported
      return List.of("docker-compose");
    }
  }
}
