package io.pharos.http;

import java.io.FileOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A certificate made out to names of the test's choice and signed by itself, as files and as a
/// server's context.
public final class SelfSigned {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final Path certificate;
  private final Path key;
  private final SSLContext server;

  private SelfSigned(Path certificate, Path key, SSLContext server) {
    this.certificate = certificate;
    this.key = key;
    this.server = server;
  }

  /// @param names as keytool has them: `dns:localhost,ip:127.0.0.1`
  /// @param days until it expires
  public static SelfSigned create(Path directory, String names, int days) throws Exception {
    Path store = directory.resolve("self-" + Math.abs(names.hashCode()) + ".p12");
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "self",
                    "-keyalg",
                    "RSA",
                    "-keysize",
                    "2048",
                    "-dname",
                    "CN=pharos-test",
                    "-ext",
                    "san=" + names,
                    "-ext",
                    "bc=ca:true",
                    "-validity",
                    Integer.toString(days),
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    "changeit"))
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
      throw new IllegalStateException("keytool: " + output);
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Path certificate = directory.resolve(store.getFileName() + ".crt");
    Path key = directory.resolve(store.getFileName() + ".key");
    pem(certificate, "CERTIFICATE", keys.getCertificate("self").getEncoded());
    pem(key, "PRIVATE KEY", keys.getKey("self", PASSWORD).getEncoded());
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, PASSWORD);
    var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(keys);
    SSLContext server = SSLContext.getInstance("TLS");
    server.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return new SelfSigned(certificate, key, server);
  }

  static void pem(Path file, String kind, byte[] der) throws Exception {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    try (var out = new FileOutputStream(file.toFile())) {
      out.write(
          ("-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n")
              .getBytes(StandardCharsets.US_ASCII));
    }
  }

  public Path certificate() {
    return certificate;
  }

  public Path key() {
    return key;
  }

  public SSLContext server() {
    return server;
  }
}
