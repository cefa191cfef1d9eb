package io.pharos.access;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs and verifies the links in messages that permit a silence or an acknowledgement for the
/// alert group of the message, and need no other token. The signature is an HMAC-SHA256 of the
/// purpose, the expiry, the delivery and the matchers.
public final class LinkSignatures {
  /// How long a link is valid after its message.
  public static final Duration LIFE = Duration.ofHours(24);

  private static final String ALGORITHM = "HmacSHA256";
  private static final int CODE_LENGTH = 22;

  /// What links permit. A signature is valid for one purpose only.
  public enum Purpose {
    SILENCE("pharos silence link 1"),
    ACKNOWLEDGE("pharos acknowledge link 1"),
    /// A button in a chat.
    BUTTON("pharos chat button 1");

    private final String text;

    Purpose(String text) {
      this.text = text;
    }
  }

  /* The first key signs new links; a link is valid if any key verifies it. */
  private volatile List<SecretKeySpec> keys;

  /// Creates an object that signs with this key.
  public LinkSignatures(LinkSigningKey key) {
    this.keys = List.of(spec(key));
  }

  /// Replaces the key that signs new links. Links that earlier keys signed stay valid.
  public void exchange(LinkSigningKey key) {
    keys = Stream.concat(Stream.of(spec(key)), keys.stream()).toList();
  }

  private static SecretKeySpec spec(LinkSigningKey key) {
    return new SecretKeySpec(key.bytes(), ALGORITHM);
  }

  /// What a link permits: a silence with exactly these matchers, or the acknowledgement of a group.
  ///
  /// @param matchers for an acknowledgement, the hash of the group's key; otherwise in the order
  ///   that they have in the link
  /// @param expires end of the link's validity, in whole seconds
  /// @param delivery id of the delivery of the link's message
  public record Permit(List<String> matchers, Instant expires, String delivery) {
    public Permit {
      matchers = List.copyOf(matchers);
    }
  }

  /// The result of a verification.
  public sealed interface Check {
    /// The link is valid.
    record Valid(Permit permit) implements Check {}

    /// The link was valid until the given time.
    record Expired(Instant at) implements Check {}

    /// The link has no valid signature.
    record Unsigned() implements Check {}
  }

  /// Returns the signature for a permit: 43 characters, which need no escaping in URLs.
  public String sign(Purpose purpose, Permit permit) {
    return encoded(mac(keys.getFirst(), purpose, permit));
  }

  /// Verifies a link.
  ///
  /// @param expires Unix seconds, as text from the link
  /// @param signature from the link
  public Check check(
      Purpose purpose,
      List<String> matchers,
      String expires,
      String delivery,
      String signature,
      Instant now) {
    Permit permit;
    byte[] signatureBytes;
    try {
      permit = new Permit(matchers, Instant.ofEpochSecond(Long.parseLong(expires)), delivery);
      signatureBytes = Base64.getUrlDecoder().decode(signature);
    } catch (IllegalArgumentException | DateTimeException _) { // the number or time is malformed
      return new Check.Unsigned();
    }
    if (matchers.isEmpty()
        || keys.stream()
            .noneMatch(key -> MessageDigest.isEqual(signatureBytes, mac(key, purpose, permit)))) {
      return new Check.Unsigned();
    }
    return now.isBefore(permit.expires())
        ? new Check.Valid(permit)
        : new Check.Expired(permit.expires());
  }

  /// Returns a signature of 22 characters (132 bits), for buttons whose data must be short.
  public String code(Purpose purpose, Permit permit) {
    return sign(purpose, permit).substring(0, CODE_LENGTH);
  }

  /// Verifies the code of a permit, and that the permit has not expired.
  public Check checkCode(Purpose purpose, Permit permit, String code, Instant now) {
    boolean isSigned =
        keys.stream()
            .map(key -> encoded(mac(key, purpose, permit)).substring(0, CODE_LENGTH))
            .anyMatch(
                expected ->
                    MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8),
                        code.getBytes(StandardCharsets.UTF_8)));
    return !isSigned
        ? new Check.Unsigned()
        : now.isBefore(permit.expires())
            ? new Check.Valid(permit)
            : new Check.Expired(permit.expires());
  }

  private static String encoded(byte[] signature) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static byte[] mac(SecretKeySpec key, Purpose purpose, Permit permit) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(bytes(purpose, permit));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  /* Each text follows its length, so that different permits never have the same bytes. */
  private static byte[] bytes(Purpose purpose, Permit permit) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      write(out, purpose.text);
      out.writeLong(permit.expires().getEpochSecond());
      write(out, permit.delivery());
      out.writeInt(permit.matchers().size());
      for (String matcher : permit.matchers()) {
        write(out, matcher);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a permit can't be encoded in memory", e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}
