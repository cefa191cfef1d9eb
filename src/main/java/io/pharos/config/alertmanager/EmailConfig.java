package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A mail (`email_configs`). Texts are templates.
///
/// @param to addresses, separated by commas
/// @param hello the name that the server is greeted with
/// @param headers by canonical name (`Subject`, `X-Team`) in file order; as the file gives them
/// @param html the HTML part; empty for none
/// @param text the text part; empty for none
/// @param requireTls refuse to send without STARTTLS
/// @param forceImplicitTls TLS from the first byte, or not; null lets the port decide
public record EmailConfig(
    boolean sendResolved,
    String to,
    String from,
    String hello,
    HostPort smarthost,
    String authUsername,
    SecretSource authPassword,
    SecretSource authSecret,
    String authIdentity,
    Map<String, String> headers,
    String html,
    String text,
    boolean requireTls,
    @Nullable Boolean forceImplicitTls,
    TlsOptions tls)
    implements IntegrationConfig {
  /// The body where the file has none.
  public static final String DEFAULT_HTML = "{{ template \"email.default.html\" . }}";

  /// The subject where the headers have none.
  public static final String DEFAULT_SUBJECT = "{{ template \"email.default.subject\" . }}";

  public EmailConfig {
    requireNonNull(to, "to is null");
    requireNonNull(from, "from is null");
    requireNonNull(hello, "hello is null");
    requireNonNull(smarthost, "smarthost is null");
    requireNonNull(authUsername, "authUsername is null");
    requireNonNull(authPassword, "authPassword is null");
    requireNonNull(authSecret, "authSecret is null");
    requireNonNull(authIdentity, "authIdentity is null");
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    requireNonNull(html, "html is null");
    requireNonNull(text, "text is null");
    requireNonNull(tls, "tls is null");
  }

  @Override
  public String type() {
    return "email";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("to", to);
    texts.put("from", from);
    texts.put("html", html);
    texts.put("text", text);
    headers.forEach((name, value) -> texts.put("headers." + name, value));
    return texts;
  }

  /// Whether TLS begins with the first byte: as configured, else on port 465.
  public boolean implicitTls() {
    return forceImplicitTls == null ? smarthost.port() == 465 : forceImplicitTls;
  }
}
