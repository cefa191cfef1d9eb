package io.pharos.access;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;

/// An identity provider on a real socket, which knows one person and can be slow, away or lie.
public final class ProviderRig implements AutoCloseable {
  public static final String SECRET = "of-the-client";

  private final HttpServer server;
  private final PublicJsonWebKey key = IssuerRig.rsa("k1");
  private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
  private final AtomicInteger number = new AtomicInteger();

  /// What it says instead of the truth.
  public volatile Consumer<JwtClaims> lie = _ -> {};

  public volatile UnaryOperator<String> description = text -> text;
  public volatile UnaryOperator<String> token = text -> text;
  public volatile long delayMillis;
  public volatile int status = 200;
  public volatile List<String> groups = List.of("staff", "pharos-admins");
  public volatile Instant now = Instant.now();

  public ProviderRig() throws IOException, JoseException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// A people file that names this provider.
  public String file(String secretFile) {
    return """
    version: 1
    oidc:
      issuer: %s
      client_id: pharos
      client_secret_file: %s
      roles:
        - {role: admin, claims: {groups: pharos-admins}}
        - {role: viewer, claims: {groups: [staff, support]}}
    """
        .formatted(url(), secretFile);
  }

  /// Logs the person in, as the provider's page does, and returns the address to which it sends the
  /// browser back.
  public URI confirm(URI address) {
    Map<String, String> asked = fields(address.getRawQuery());
    String code = "code" + number.incrementAndGet();
    codes.put(code, asked);
    return URI.create(asked.get("redirect_uri") + "?code=" + code + "&state=" + asked.get("state"));
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      Thread.sleep(delayMillis);
      String body =
          switch (exchange.getRequestURI().getPath()) {
            case "/.well-known/openid-configuration" -> description.apply(described());
            case "/jwks" -> "{\"keys\": [" + key.toJson(OutputControlLevel.PUBLIC_ONLY) + "]}";
            case "/token" -> exchanged(exchange);
            default -> "";
          };
      boolean refused = body.startsWith("{\"error\"");
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(refused ? 400 : status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IOException(e);
    } finally {
      exchange.close();
    }
  }

  private String described() {
    return """
    {"issuer": "%1$s", "authorization_endpoint": "%1$s/authorize", "token_endpoint": "%1$s/token",
     "jwks_uri": "%1$s/jwks"}
    """
        .formatted(url());
  }

  private String exchanged(HttpExchange exchange) throws Exception {
    Map<String, String> sent =
        fields(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Map<String, String> asked = codes.remove(String.valueOf(sent.get("code")));
    String basic =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(("pharos:" + SECRET).getBytes(StandardCharsets.UTF_8));
    String challenge =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                MessageDigest.getInstance("SHA-256")
                    .digest(
                        String.valueOf(sent.get("code_verifier"))
                            .getBytes(StandardCharsets.UTF_8)));
    if (asked == null
        || !basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))
        || !challenge.equals(asked.get("code_challenge"))
        || !"S256".equals(asked.get("code_challenge_method"))
        || !String.valueOf(sent.get("redirect_uri")).equals(asked.get("redirect_uri"))) {
      return "{\"error\": \"invalid_grant\"}";
    }
    var claims = new JwtClaims();
    claims.setIssuer(url());
    claims.setAudience("pharos");
    claims.setSubject("248289761001");
    claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
    claims.setExpirationTime(NumericDate.fromSeconds(now.getEpochSecond() + 300));
    claims.setClaim("nonce", asked.get("nonce"));
    claims.setClaim("preferred_username", "<b>ada</b>");
    claims.setStringListClaim("groups", groups);
    lie.accept(claims);
    return "{\"id_token\": \"" + token.apply(IssuerRig.sign(claims, key, "RS256")) + "\"}";
  }

  private static Map<String, String> fields(String form) {
    var fields = new HashMap<String, String>();
    for (String pair : form.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        fields.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return fields;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
