package io.pharos.alerting.mailbox;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A message as its reader would have received it.
///
/// @param id letters, digits and dashes; a delivery keeps its id, so a repetition replaces it
/// @param channel such as `email` or `slack`
/// @param to the address or chat channel
/// @param subject the text of a preview
/// @param text the plain text; empty if there is a request
/// @param html the formatted text; empty if the channel has none
/// @param request the HTTP request that would have been sent; null for mail
public record MailboxMessage(
    String id,
    Instant time,
    String channel,
    String to,
    String subject,
    String text,
    String html,
    @Nullable Request request) {
  /// An HTTP request, with stand-ins in place of secrets.
  public record Request(String method, String url, Map<String, String> headers, String body) {
    public Request {
      requireNonNull(method, "method is null");
      requireNonNull(url, "url is null");
      headers = new TreeMap<>(headers);
      requireNonNull(body, "body is null");
    }
  }

  /// Creates a mail.
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
          "'" + id + "' is not an id, expected up to 100 letters, digits and dashes");
    }
    requireNonNull(time, "time is null");
    requireNonNull(channel, "channel is null");
    requireNonNull(to, "to is null");
    requireNonNull(subject, "subject is null");
    requireNonNull(text, "text is null");
    requireNonNull(html, "html is null");
  }
}
