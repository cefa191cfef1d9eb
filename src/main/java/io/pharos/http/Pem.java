package io.pharos.http;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.model.PlainReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads certificates and private keys from PEM files.
public final class Pem {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END");

  /* The beginning of an RSA key in PKCS#8: version 0, algorithm rsaEncryption with null
   * parameters. */
  private static final byte[] RSA_HEAD =
      HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

  private Pem() {}

  /// Reads certificates.
  ///
  /// @param name name of the setting, which errors about inline text contain; errors about a file
  ///   contain its path
  static List<X509Certificate> certificates(String name, SecretSource source) throws IOException {
    String origin = origin(name, source);
    byte[] text = read(source).getBytes(StandardCharsets.ISO_8859_1);
    try {
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(text))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (certificates.isEmpty()) {
        throw new IOException(origin + ": contains no certificate, expected PEM text");
      }
      return certificates;
    } catch (CertificateException e) {
      throw new IOException(origin + ": not a PEM certificate: " + e.getMessage(), e);
    }
  }

  /// Reads a private key in PKCS#8, or in PKCS#1 for RSA.
  ///
  /// @param name name of the setting, which errors about inline text contain; errors about a file
  ///   contain its path
  /// @throws IOException if the source is unreadable or contains no key; the message names the file
  ///   or the setting
  public static PrivateKey privateKey(String name, SecretSource source) throws IOException {
    String file = origin(name, source);
    Matcher matcher = KEY.matcher(read(source));
    if (!matcher.find()) {
      throw new IOException(file + ": contains no private key, expected PEM text");
    }
    String kind = matcher.group(1).strip();
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(matcher.group(2));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": the private key is not base64", e);
    }
    return switch (kind) {
      case "" -> decode(file, der, List.of("RSA", "EC", "EdDSA"));
      case "RSA" ->
          decode(file, derElement(0x30, concat(RSA_HEAD, derElement(0x04, der))), List.of("RSA"));
      default ->
          throw new IOException(
              "%s: a private key of kind %s is not supported, convert it: openssl pkcs8 -topk8 -nocrypt"
                  .formatted(file, kind));
    };
  }

  private static PrivateKey decode(String file, byte[] der, List<String> algorithms)
      throws IOException {
    for (String algorithm : algorithms) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException _) {
        // This is not a key of this algorithm, so the next algorithm is tried.
      }
    }
    throw new IOException(file + ": not a private key of " + String.join(", ", algorithms));
  }

  /// Returns a DER element with less than 64 KiB of content.
  private static byte[] derElement(int tag, byte[] content) {
    int n = content.length;
    byte[] head =
        n < 0x80
            ? new byte[] {(byte) tag, (byte) n}
            : n < 0x100
                ? new byte[] {(byte) tag, (byte) 0x81, (byte) n}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (n >> 8), (byte) n};
    return concat(head, content);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static String origin(String name, SecretSource source) {
    return source instanceof SecretSource.FromFile(Path file) ? file.toString() : name;
  }

  private static String read(SecretSource source) throws IOException {
    return switch (source) {
      case SecretSource.Unset _ -> "";
      case SecretSource.Inline(Secret text) -> text.reveal();
      case SecretSource.FromFile(Path file) -> {
        try {
          yield new String(OutsideFiles.read(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
          throw new IOException(file + ": can't be read: " + PlainReason.of(e), e);
        }
      }
    };
  }
}
