package io.pharos.access;

import static java.util.Objects.requireNonNull;

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

/// Signs what a message's silence link permits, so that who holds the message may silence its group
/// without a token, and nothing else. The signature is an HMAC-SHA256 of purpose, expiry, delivery
/// and matchers.
public final class SilenceLinkTokens {
  /// How long after its message a link permits anything.
  public static final Duration LIFE = Duration.ofHours(24);

  private static final String ALGORITHM = "HmacSHA256";
  private static final String PURPOSE = "pharos silence link 1";

  /* The first one signs, each is believed. */
  private volatile List<SecretKeySpec> keys;

  public SilenceLinkTokens(LinkSigningKey key) {
    this.keys = List.of(spec(key));
  }

  /// Signs by another key from now on. What was signed before permits what it did.
  public void exchange(LinkSigningKey key) {
    keys = Stream.concat(Stream.of(spec(key)), keys.stream()).toList();
  }

  private static SecretKeySpec spec(LinkSigningKey key) {
    return new SecretKeySpec(key.bytes(), ALGORITHM);
  }

  /// What a link permits: a silence with exactly these matchers.
  ///
  /// @param matchers as they stand in the link, in its order
  /// @param expires until when; whole seconds
  /// @param delivery the message that the link stands in
  public record Permit(List<String> matchers, Instant expires, String delivery) {
    public Permit {
      matchers = List.copyOf(matchers);
      requireNonNull(expires, "expires is null");
      requireNonNull(delivery, "delivery is null");
    }
  }

  /// What a link is worth now.
  public sealed interface Check {
    /// It permits this.
    record Valid(Permit permit) implements Check {}

    /// It permitted something until then.
    record Expired(Instant at) implements Check {}

    /// It is not one of ours, or not as we wrote it.
    record Unsigned() implements Check {}
  }

  /// The signature of a permit, 43 characters that need no escaping in URLs.
  public String sign(Permit permit) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(mac(keys.getFirst(), permit));
  }

  /// Looks at a link.
  ///
  /// @param expires seconds since 1970, as the link says
  /// @param signature as the link says
  public Check check(
      List<String> matchers, String expires, String delivery, String signature, Instant now) {
    Permit permit;
    byte[] given;
    try {
      permit = new Permit(matchers, Instant.ofEpochSecond(Long.parseLong(expires)), delivery);
      given = Base64.getUrlDecoder().decode(signature);
    } catch (IllegalArgumentException | DateTimeException _) { // we write neither
      return new Check.Unsigned();
    }
    if (matchers.isEmpty()
        || keys.stream().noneMatch(key -> MessageDigest.isEqual(given, mac(key, permit)))) {
      return new Check.Unsigned();
    }
    return now.isBefore(permit.expires())
        ? new Check.Valid(permit)
        : new Check.Expired(permit.expires());
  }

  private static byte[] mac(SecretKeySpec key, Permit permit) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(bytes(permit));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  /* Every text goes with its length, so that no two permits are signed alike. */
  private static byte[] bytes(Permit permit) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      write(out, PURPOSE);
      out.writeLong(permit.expires().getEpochSecond());
      write(out, permit.delivery());
      out.writeInt(permit.matchers().size());
      for (String matcher : permit.matchers()) {
        write(out, matcher);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory can't be full here", e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}
