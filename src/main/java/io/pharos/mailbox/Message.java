package io.pharos.mailbox;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// One message as its reader would have got it.
///
/// @param id letters, digits and dashes; the same delivery keeps its id, so a repetition replaces
///   it
/// @param channel `email`, `slack`, …
/// @param to the address or channel
/// @param subject what a preview shows
/// @param text the plain form
/// @param html the formatted form, empty if the channel has none
public record Message(
    String id, Instant time, String channel, String to, String subject, String text, String html) {
  public Message {
    if (!id.matches("[A-Za-z0-9-]{1,100}")) {
      throw new IllegalArgumentException(
          "'" + id + "' is no id: expected up to 100 letters, digits and dashes");
    }
    requireNonNull(time, "time is null");
    requireNonNull(channel, "channel is null");
    requireNonNull(to, "to is null");
    requireNonNull(subject, "subject is null");
    requireNonNull(text, "text is null");
    requireNonNull(html, "html is null");
  }
}
