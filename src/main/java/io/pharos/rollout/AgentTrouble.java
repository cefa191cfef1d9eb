package io.pharos.rollout;

import io.pharos.gate.deployment.SubmittedText;
import org.jspecify.annotations.Nullable;

/// A problem that keeps an agent from bringing its servers to the desired state.
///
/// @param server name of the server; empty if the problem concerns no single server
/// @param what the failed operation in a word or two, such as `start`
/// @param text details for people; all three are truncated to 500 characters
public record AgentTrouble(String server, String what, String text) {
  /// Removes control characters from the texts, which come from the network, and truncates them;
  /// null becomes empty.
  public AgentTrouble(@Nullable String server, @Nullable String what, @Nullable String text) {
    this.server = SubmittedText.plain(server == null ? "" : server);
    this.what = SubmittedText.plain(what == null ? "" : what);
    this.text = SubmittedText.plain(text == null ? "" : text);
  }

  /// Returns whether the agent itself has the problem, such as a full disk, so that no server is to
  /// blame for the delay.
  boolean ofAgent() {
    return server.isEmpty() && (what.equals("state") || what.equals("balancer"));
  }
}
