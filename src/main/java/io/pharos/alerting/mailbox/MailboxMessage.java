package io.pharos.alerting.mailbox;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One message as its reader would have got it.
///
/// @param id letters, digits and dashes; the same delivery keeps its id, so a repetition replaces
///   it
/// @param channel `email`, `slack`, …
/// @param to the address or channel
/// @param subject what a preview shows
/// @param text the plain form; empty where there is a request
/// @param html the formatted form, empty if the channel has none
/// @param request what would have been sent over HTTP; null for mail
public record MailboxMessage(
    String id,
    Instant time,
    String channel,
    String to,
    String subject,
    String text,
    String html,
    @Nullable Request request) {
  /// A call of a receiver, with stand-ins where secrets would be.
  public record Request(String method, String url, Map<String, String> headers, String body) {
    public Request {
      requireNonNull(method, "method is null");
      requireNonNull(url, "url is null");
      headers = new TreeMap<>(headers);
      requireNonNull(body, "body is null");
    }
  }

  /// A mail.
  public MailboxMessage(
      String id,
      Instant time,
      String channel,
      String to,
      String subject,
      String text,
      String html) {
    this(id, time, channel, to, subject, text, html, null);
  }

  public MailboxMessage {
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
