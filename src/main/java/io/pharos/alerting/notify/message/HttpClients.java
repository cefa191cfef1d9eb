package io.pharos.alerting.notify.message;

import io.pharos.config.alertmanager.HttpConfig;
import io.pharos.config.alertmanager.SecretValue;
import io.pharos.config.alertmanager.TlsConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Makes the HTTP client of a receiver from its `http_config`.
public final class HttpClients {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final List<String> VERSIONS = List.of("TLS10", "TLS11", "TLS12", "TLS13");
  private static final List<String> PROTOCOLS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  private HttpClients() {}

  /// A client for this configuration. Certificates are read now: a changed file counts from the
  /// next reload on.
  ///
  /// @param executor runs the client's tasks
  /// @throws IllegalArgumentException when a file can't be read or the configuration can't be met;
  ///   the message says which and why
  public static HttpClient create(HttpConfig config, Executor executor) {
    return create(config, executor, System.getenv());
  }

  /// As [#create] with another environment for `proxy_from_environment`.
  static HttpClient create(HttpConfig config, Executor executor, Map<String, String> environment) {
    var client =
        HttpClient.newBuilder()
            .executor(executor)
            .connectTimeout(CONNECT_TIMEOUT)
            .version(config.enableHttp2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER); // HttpPoster does, and leaves secrets out
    TlsConfig tls = config.tls();
    if (!tls.equals(TlsConfig.DEFAULT)) {
      client.sslContext(context(tls)).sslParameters(parameters(tls));
    }
    ProxyRules.of(config.proxy(), environment).ifPresent(client::proxy);
    return client.build();
  }

  private static SSLParameters parameters(TlsConfig tls) {
    if (!tls.serverName().isEmpty()) {
      throw new IllegalArgumentException(
          "tls_config: server_name is not supported for HTTP receivers, expected the name in the URL");
    }
    int from = tls.minVersion().isEmpty() ? 2 : version(tls.minVersion());
    int to = tls.maxVersion().isEmpty() ? VERSIONS.size() - 1 : version(tls.maxVersion());
    if (from > to) {
      throw new IllegalArgumentException(
          "tls_config: min_version "
              + tls.minVersion()
              + " is above max_version "
              + tls.maxVersion());
    }
    var parameters = new SSLParameters();
    parameters.setProtocols(PROTOCOLS.subList(from, to + 1).toArray(String[]::new));
    return parameters;
  }

  private static int version(String name) {
    int index = VERSIONS.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "tls_config: unknown TLS version " + name + ", expected one of " + VERSIONS);
    }
    return index;
  }

  private static SSLContext context(TlsConfig tls) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(keys(tls), trust(tls), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("tls_config: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trust(TlsConfig tls) throws GeneralSecurityException, IOException {
    if (tls.insecureSkipVerify()) {
      return new TrustManager[] {new TrustAll()};
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (!tls.ca().isSet()) {
      factory.init((KeyStore) null);
    } else {
      var store = emptyStore();
      int i = 0;
      for (Certificate certificate : certificates("ca", tls.ca())) {
        store.setCertificateEntry("ca" + i++, certificate);
      }
      factory.init(store);
    }
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(TlsConfig tls) throws GeneralSecurityException, IOException {
    if (!tls.cert().isSet()) {
      return new KeyManager[0];
    }
    var store = emptyStore();
    var chain = certificates("cert", tls.cert());
    store.setKeyEntry(
        "client", key(tls.key(), chain), new char[0], chain.toArray(Certificate[]::new));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(String name, SecretValue pem)
      throws GeneralSecurityException, IOException {
    byte[] text = pem.read().orElse("").getBytes(StandardCharsets.US_ASCII);
    var all =
        new ArrayList<Certificate>(
            CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(text)));
    if (all.isEmpty()) {
      throw new IOException(place(name, pem) + " holds no certificate, expected PEM");
    }
    return all;
  }

  private static PrivateKey key(SecretValue value, List<Certificate> chain)
      throws GeneralSecurityException, IOException {
    String pem = value.read().orElse("");
    if (!pem.contains("-----BEGIN PRIVATE KEY-----")) {
      throw new IOException(
          place("key", value) + " holds no PKCS #8 key, expected \"BEGIN PRIVATE KEY\"");
    }
    String base64 = pem.replaceAll("-----(BEGIN|END) PRIVATE KEY-----|\\s", "");
    String algorithm = chain.getFirst().getPublicKey().getAlgorithm();
    return KeyFactory.getInstance(algorithm)
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  private static String place(String name, SecretValue value) {
    return value instanceof SecretValue.FromFile(var file) ? file.toString() : name;
  }

  /// Accepts any certificate, for any name: `insecure_skip_verify`, asked for by the user.
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
