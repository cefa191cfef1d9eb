package io.pharos.rollout.agent;

import java.io.IOException;

/// Starts and stops the servers of a service. What it started goes on when the agent ends.
interface ServerDriver {
  /// Starts a server with a version, in place of what may still run there.
  ///
  /// @throws IOException when that did not go well; it may or may not run then
  void start(String server, String version) throws IOException, InterruptedException;

  /// Stops a server; nothing to do for one that does not run.
  ///
  /// @throws IOException when that did not go well
  void stop(String server) throws IOException, InterruptedException;
}
