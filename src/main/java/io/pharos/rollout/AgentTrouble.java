package io.pharos.rollout;

import io.pharos.gate.deployment.SubmittedText;
import org.jspecify.annotations.Nullable;

/// A problem that keeps an agent from bringing about the desired servers.
///
/// @param server name of the server; empty if it concerns none
/// @param what the failed operation in a word or two, such as `start`
/// @param text details for people; all three are truncated to 500 characters
public record AgentTrouble(String server, String what, String text) {
  /// Cleans the texts as they come from the network; null becomes empty.
  public AgentTrouble(@Nullable String server, @Nullable String what, @Nullable String text) {
    this.server = SubmittedText.plain(server == null ? "" : server);
    this.what = SubmittedText.plain(what == null ? "" : what);
    this.text = SubmittedText.plain(text == null ? "" : text);
  }
}
