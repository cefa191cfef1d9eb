package io.pharos.demo;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Serves the same routes over TLS, with self-signed certificates that are created at the start: a
/// long-lived one, and for the fault certificate-ending one that expires soon.
final class TlsListener implements AutoCloseable {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final int BACKLOG = 128;

  private final HttpsServer server;

  private TlsListener(HttpsServer server) {
    this.server = server;
  }

  /// Starts the listener.
  ///
  /// @throws IOException when the port is taken or the certificates can't be made
  static TlsListener start(
      InetSocketAddress address, FaultSwitch faults, HttpHandler handler, Executor requests)
      throws IOException {
    HttpsServer server;
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new Keys(faults)}, null, null);
      // A resumed session shows no certificate, so sessions expire after a second.
      context.getServerSessionContext().setSessionTimeout(1);
      server = HttpsServer.create(address, BACKLOG);
      server.setHttpsConfigurator(new HttpsConfigurator(context));
    } catch (GeneralSecurityException e) {
      throw new IOException("the TLS certificates can't be made: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException(
          "%s:%d: can't listen for TLS: %s"
              .formatted(address.getHostString(), address.getPort(), e.getMessage()),
          e);
    }
    server.setExecutor(requests);
    server.createContext("/", handler);
    server.start();
    return new TlsListener(server);
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private record Pair(PrivateKey key, X509Certificate certificate) {}

  /// Selects the certificate at each handshake by the active fault.
  private static final class Keys extends X509ExtendedKeyManager {
    private final FaultSwitch faults;
    private final Pair healthy = pair(Certificates.HEALTHY);
    private final Pair ending = pair(Certificates.ENDING);

    Keys(FaultSwitch faults) throws IOException, GeneralSecurityException {
      this.faults = faults;
    }

    @Override
    public String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
      return faults.kind() == FaultKind.CERTIFICATE_ENDING ? "ending" : "healthy";
    }

    private Pair of(String alias) {
      return alias.equals("ending") ? ending : healthy;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {of(alias).certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return of(alias).key();
    }

    @Override
    public String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return "healthy";
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {"healthy", "ending"};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }

  /// Creates a key with a certificate by the program keytool of the JDK, whose classes are not
  /// accessible.
  private static Pair pair(Duration validity) throws IOException, GeneralSecurityException {
    Path folder = Files.createTempDirectory("pharos-demo-tls");
    Path store = folder.resolve("demo.p12");
    try {
      Process keytool =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                      "-genkeypair",
                      "-alias",
                      "demo",
                      "-keyalg",
                      "EC",
                      "-groupname",
                      "secp256r1",
                      "-dname",
                      "CN=remotegpu-demo",
                      "-ext",
                      "san=dns:localhost,ip:127.0.0.1",
                      "-validity",
                      Long.toString(validity.toDays()),
                      "-storetype",
                      "PKCS12",
                      "-keystore",
                      store.toString(),
                      "-storepass",
                      new String(PASSWORD)))
              .redirectErrorStream(true)
              .start();
      String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        keytool.destroyForcibly();
        throw new IOException("keytool: " + output.strip());
      }
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD);
      }
      return new Pair(
          (PrivateKey) keys.getKey("demo", PASSWORD),
          (X509Certificate) keys.getCertificate("demo"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while making the TLS certificates", e);
    } finally {
      Files.deleteIfExists(store);
      Files.deleteIfExists(folder);
    }
  }
}
