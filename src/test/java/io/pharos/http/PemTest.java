package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemTest {
  @TempDir Path directory;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  @Test
  void privateKey_pkcs8OfEachAlgorithm_isRead() throws Exception {
    for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
      PrivateKey key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
      Path file = directory.resolve(algorithm);
      SelfSigned.pem(file, "PRIVATE KEY", key.getEncoded());

      assertThat(Pem.privateKey("key", SecretSource.fromFile(file))).isEqualTo(key);
    }
  }

  @Test
  void privateKey_pkcs1_isWrapped() throws Exception {
    PrivateKey key = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate();
    byte[] pkcs8 = key.getEncoded();
    Path file = directory.resolve("rsa");
    // The inner key begins after the outer head of 4, the 18 bytes of the algorithm, and 4 more.
    SelfSigned.pem(file, "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));

    assertThat(Pem.privateKey("key", SecretSource.fromFile(file))).isEqualTo(key);
  }

  @Test
  void privateKey_anythingElse_isRefusedWithTheFile() throws IOException {
    Path none = write("none", "hello");
    Path curve = write("ec", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----");
    Path junk = write("junk", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
    Path odd = write("odd", "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----");

    assertThatThrownBy(() -> Pem.privateKey("key", SecretSource.fromFile(none)))
        .hasMessageContaining("none: contains no private key");
    assertThatThrownBy(() -> Pem.privateKey("key", SecretSource.fromFile(curve)))
        .hasMessageContaining("openssl pkcs8 -topk8");
    assertThatThrownBy(() -> Pem.privateKey("key", SecretSource.fromFile(junk)))
        .hasMessageContaining("not a private key of");
    assertThatThrownBy(() -> Pem.privateKey("key", SecretSource.fromFile(odd)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> Pem.privateKey("key", SecretSource.fromFile(directory.resolve("gone"))))
        .hasMessageContaining("gone: can't be read");
  }

  @Test
  void certificates_textWithout_isRefused() throws IOException {
    Path empty = write("empty", "");
    Path junk = write("junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

    assertThatThrownBy(() -> Pem.certificates("ca", SecretSource.fromFile(empty)))
        .hasMessageContaining("contains no certificate");
    assertThatThrownBy(() -> Pem.certificates("ca", SecretSource.fromFile(junk)))
        .hasMessageContaining("not a PEM certificate");
  }
}
