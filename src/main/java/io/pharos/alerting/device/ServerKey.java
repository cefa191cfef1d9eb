package io.pharos.alerting.device;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/// The key pair by which push services recognize this server (VAPID, RFC 8292). Browsers accept
/// only messages that are signed with the key for which they subscribed.
public final class ServerKey {
  /// RFC 8292 permits at most 24 hours.
  private static final Duration LIFE = Duration.ofHours(12);

  private final PrivateKey secret;
  private final String publicText;

  private ServerKey(PrivateKey secret, String publicText) {
    this.secret = secret;
    this.publicText = publicText;
  }

  /// Generates the text of a new key pair: the private key as PKCS #8 and the public point, both
  /// base64url, joined by a dot.
  public static String generate(SecureRandom random) {
    try {
      KeyPair pair = PointCodec.generate(random);
      return text(pair.getPrivate().getEncoded())
          + "."
          + text(PointCodec.bytes((ECPublicKey) pair.getPublic()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("P-256 is missing", e);
    }
  }

  /// Parses the text of a key pair.
  ///
  /// @throws IllegalArgumentException if it is none
  public static ServerKey parse(String text) {
    try {
      String[] parts = text.split("\\.", -1);
      PointCodec.key(Base64.getUrlDecoder().decode(parts[1]));
      return new ServerKey(
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getUrlDecoder().decode(parts[0]))),
          parts[1]);
    } catch (GeneralSecurityException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the stored key of web push is damaged", e);
    }
  }

  /// Returns the public key as browsers need it: an uncompressed point, base64url.
  public String publicText() {
    return publicText;
  }

  /// Returns the header `Authorization` of a request to a push service.
  ///
  /// @param contact `https:` or `mailto:` address of the sender
  public String authorization(URI endpoint, String contact, Instant now) {
    String claims =
        "{\"aud\":\"%s://%s\",\"exp\":%d,\"sub\":\"%s\"}"
            .formatted(
                endpoint.getScheme(),
                endpoint.getRawAuthority(),
                now.plus(LIFE).getEpochSecond(),
                contact);
    String signed = text("{\"typ\":\"JWT\",\"alg\":\"ES256\"}") + "." + text(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(secret);
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return "vapid t=" + signed + "." + text(signature.sign()) + ", k=" + publicText;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ES256 is missing", e);
    }
  }

  private static String text(String json) {
    return text(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Returns a text without the private key.
  @Override
  public String toString() {
    return "the key of web push " + publicText;
  }
}
