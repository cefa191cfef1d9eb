package io.pharos.access;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.lang.JoseException;

/// A local CI provider with real keys, a key set over HTTP, and tokens like those of GitHub.
public final class IssuerRig implements AutoCloseable {
  public static final String AUDIENCE = "https://pharos.example.org";

  private final HttpServer server;
  private final List<PublicJsonWebKey> published = new ArrayList<>();

  public final AtomicInteger asked = new AtomicInteger();
  public volatile int status = 200;
  public volatile String body = "";

  public IssuerRig() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/jwks",
        exchange -> {
          asked.incrementAndGet();
          byte[] bytes = (body.isEmpty() ? jwks() : body).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private synchronized String jwks() {
    var keys = published.stream().map(key -> key.toJson(OutputControlLevel.PUBLIC_ONLY)).toList();
    return "{\"keys\": [" + String.join(", ", keys) + "]}";
  }

  public synchronized void publish(PublicJsonWebKey... keys) {
    published.clear();
    published.addAll(List.of(keys));
  }

  public static PublicJsonWebKey rsa(String id) throws JoseException {
    return named(RsaJwkGenerator.generateJwk(2048), id);
  }

  public static PublicJsonWebKey ec(String id) throws JoseException {
    return named(EcJwkGenerator.generateJwk(EllipticCurves.P256), id);
  }

  private static PublicJsonWebKey named(PublicJsonWebKey key, String id) {
    key.setKeyId(id);
    return key;
  }

  /// A tokens file that accepts this provider's tokens.
  public String file() {
    return """
    tokens: []
    issuers:
      - name: github
        issuer: %1$s
        jwks: %1$s/jwks
        audience: %2$s
        algorithms: [RS256, ES256]
        allow:
          - name: shop-production
            claims:
              repository: acme/shop
              environment: production
              ref: [refs/heads/main, refs/heads/release]
            services: [backend]
            envs: [production]
            scopes: [deployment:write, gate:create, gate:read]
          - name: shop-look
            claims: {repository: acme/shop, ref_protected: 'true'}
            services: [backend]
            envs: [production, staging]
            scopes: [gate:read]
    """
        .formatted(url(), AUDIENCE);
  }

  /// The claims of a job's token.
  public JwtClaims claims(Instant now) {
    var claims = new JwtClaims();
    claims.setIssuer(url());
    claims.setAudience(AUDIENCE);
    claims.setSubject("repo:acme/shop:environment:production");
    claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
    claims.setNotBefore(NumericDate.fromSeconds(now.getEpochSecond()));
    claims.setExpirationTime(NumericDate.fromSeconds(now.getEpochSecond() + 300));
    Map.of(
            "repository", "acme/shop",
            "environment", "production",
            "ref", "refs/heads/main",
            "job_workflow_ref", "acme/shop/.github/workflows/deploy.yml@refs/heads/main")
        .forEach(claims::setClaim);
    return claims;
  }

  public static String sign(JwtClaims claims, PublicJsonWebKey key, String algorithm)
      throws JoseException {
    var jws = new JsonWebSignature();
    jws.setPayload(claims.toJson());
    jws.setKey(key.getPrivateKey());
    jws.setKeyIdHeaderValue(key.getKeyId());
    jws.setAlgorithmHeaderValue(algorithm);
    return jws.getCompactSerialization();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
