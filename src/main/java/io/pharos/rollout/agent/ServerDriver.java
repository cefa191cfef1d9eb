package io.pharos.rollout.agent;

import java.io.IOException;

/// Starts and stops the servers of a service. Servers outlive the agent.
interface ServerDriver {
  /// Starts a server with a version. Replaces a process or container that still runs under the
  /// server's name.
  ///
  /// @throws IOException when the start failed; the server may or may not run
  void start(String server, String version) throws IOException, InterruptedException;

  /// Stops a server; does nothing if it does not run.
  ///
  /// @throws IOException when the stop failed
  void stop(String server) throws IOException, InterruptedException;
}
