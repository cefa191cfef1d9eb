package io.pharos.alerting.channel;

import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.http.Secret;
import io.pharos.config.http.TlsOptions;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A mail and the server that sends it.
///
/// @param from the sender, `name <a@b>` or `a@b`
/// @param to the recipients, at least one, each `name <a@b>` or `a@b`
/// @param subject one line, not encoded
/// @param headers all other headers in order, without `Message-ID`; one line each, not encoded
/// @param text the text part; null for a mail with HTML only
/// @param html the HTML part; null for a mail with text only
/// @param messageId the header `Message-ID` with angle brackets; all attempts of a delivery have
///   the same id
public record OutgoingMail(
    String from,
    List<String> to,
    String subject,
    Map<String, String> headers,
    @Nullable String text,
    @Nullable String html,
    String messageId,
    Server server) {
  public OutgoingMail {
    to = List.copyOf(to);
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    if (text == null && html == null) {
      throw new IllegalArgumentException("a mail needs a body");
    }
    if (to.isEmpty()) {
      throw new IllegalArgumentException("a mail needs a recipient");
    }
  }

  /// The mail server that sends a mail.
  ///
  /// @param hello name of this machine in the command `EHLO`; empty for its real name
  public record Server(
      HostPort address,
      String hello,
      boolean requireTls,
      boolean implicitTls,
      TlsOptions tls,
      @Nullable Login login) {}

  /// Credentials of the mail server.
  ///
  /// @param password for PLAIN and LOGIN; null if unused
  /// @param secret for CRAM-MD5; null if unused
  /// @param identity for PLAIN; usually empty
  public record Login(
      String username, @Nullable Secret password, @Nullable Secret secret, String identity) {}

  /// Passes mail to a mail server.
  @FunctionalInterface
  public interface Transport {
    /// Makes one attempt. Blocks until the server accepts or rejects the mail, at most until the
    /// deadline.
    ///
    /// If the server rejects an address permanently (5xx on RCPT), the result is
    /// [NotifyResult.Rejected]; all other failures are [NotifyResult.Retryable]. Reasons contain no
    /// passwords.
    NotifyResult send(OutgoingMail mail, Instant deadline);
  }
}
