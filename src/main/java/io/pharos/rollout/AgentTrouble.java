package io.pharos.rollout;

import org.jspecify.annotations.Nullable;

/// Why an agent can't bring about what it should.
///
/// @param server which one; empty if it is none
/// @param what a word or two, as in `start`
/// @param text for people; each of the three is cut to 500 characters
public record AgentTrouble(String server, String what, String text) {
  public AgentTrouble(@Nullable String server, @Nullable String what, @Nullable String text) {
    this.server = SubmittedText.plain(server == null ? "" : server);
    this.what = SubmittedText.plain(what == null ? "" : what);
    this.text = SubmittedText.plain(text == null ? "" : text);
  }
}
