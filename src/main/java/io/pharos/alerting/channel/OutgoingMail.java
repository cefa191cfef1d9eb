package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.http.Secret;
import io.pharos.config.http.TlsOptions;
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
/// @param messageId with angle brackets; the same for each attempt of a delivery
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
    requireNonNull(from, "from is null");
    to = List.copyOf(to);
    requireNonNull(subject, "subject is null");
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    if (text == null && html == null) {
      throw new IllegalArgumentException("a mail needs a body");
    }
    requireNonNull(messageId, "messageId is null");
    requireNonNull(server, "server is null");
    if (to.isEmpty()) {
      throw new IllegalArgumentException("a mail needs a recipient");
    }
  }

  /// The mail server.
  ///
  /// @param hello name in the greeting; empty for the machine's name
  /// @param requireTls refuse to send without STARTTLS
  /// @param implicitTls TLS from the first byte
  public record Server(
      HostPort address,
      String hello,
      boolean requireTls,
      boolean implicitTls,
      TlsOptions tls,
      @Nullable Login login) {
    public Server {
      requireNonNull(address, "address is null");
      requireNonNull(hello, "hello is null");
      requireNonNull(tls, "tls is null");
    }
  }

  /// Credentials of the mail server.
  ///
  /// @param password for PLAIN and LOGIN; null if unused
  /// @param secret for CRAM-MD5; null if unused
  /// @param identity for PLAIN; usually empty
  public record Login(
      String username, @Nullable Secret password, @Nullable Secret secret, String identity) {
    public Login {
      requireNonNull(username, "username is null");
      requireNonNull(identity, "identity is null");
    }
  }
}
