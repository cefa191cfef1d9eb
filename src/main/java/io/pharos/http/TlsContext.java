package io.pharos.http;

import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/// Creates the JDK's TLS objects from [TlsOptions].
public final class TlsContext {
  private static final char[] NO_PASSWORD = {};

  private TlsContext() {}

  /// Returns a context for the options. If they set a server name, the certificate must have that
  /// name instead of the host name of the URL.
  ///
  /// @throws IOException if a file is unreadable or contains no certificate or key; the message
  ///   names the file
  public static SSLContext create(TlsOptions options) throws IOException {
    return create(options, serverTrust(options));
  }

  /// Returns a trust manager that also verifies the configured server name if the options have one.
  public static X509ExtendedTrustManager serverTrust(TlsOptions options) throws IOException {
    X509ExtendedTrustManager trust = trust(options);
    return options.serverName().isEmpty() || options.insecureSkipVerify()
        ? trust
        : new ServerTrust.Named(trust, options.serverName());
  }

  /// Returns a context with the client key of the options and the given trust manager.
  public static SSLContext create(TlsOptions options, X509ExtendedTrustManager trust)
      throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager[] keys = key(options).stream().toArray(KeyManager[]::new);
      context.init(keys, new TrustManager[] {trust}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS can't be set up: " + e.getMessage(), e);
    }
  }

  /// Returns a trust manager for the options; `insecure_skip_verify` trusts every certificate.
  public static X509ExtendedTrustManager trust(TlsOptions options) throws IOException {
    if (options.insecureSkipVerify()) {
      return new ServerTrust.All();
    }
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(authorities(options.ca()));
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager trust) {
          return trust;
        }
      }
      throw new IOException("this JDK has no X.509 trust manager");
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS trust can't be set up: " + e.getMessage(), e);
    }
  }

  /// Returns connection parameters with the protocol versions of the options.
  public static SSLParameters parameters(TlsOptions options) {
    var parameters = new SSLParameters();
    parameters.setProtocols(options.protocols().toArray(String[]::new));
    return parameters;
  }

  private static @Nullable KeyStore authorities(SecretSource ca)
      throws IOException, GeneralSecurityException {
    if (!ca.isSet()) {
      return null;
    }
    KeyStore store = emptyStore();
    int count = 0;
    for (X509Certificate certificate : Pem.certificates("ca", ca)) {
      store.setCertificateEntry("ca-" + count++, certificate);
    }
    return store;
  }

  /// Returns a manager for the client key of the options; empty if they have none.
  ///
  /// @throws IOException if a file is unreadable or contains no certificate or key; the message
  ///   names the file
  public static Optional<X509KeyManager> key(TlsOptions options) throws IOException {
    if (!options.cert().isSet()) {
      return Optional.empty();
    }
    List<X509Certificate> chain = Pem.certificates("cert", options.cert());
    PrivateKey key = Pem.privateKey("key", options.key());
    try {
      KeyStore store = emptyStore();
      store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, NO_PASSWORD);
      return Stream.of(factory.getKeyManagers())
          .filter(X509KeyManager.class::isInstance)
          .map(X509KeyManager.class::cast)
          .findFirst();
    } catch (GeneralSecurityException e) {
      throw new IOException("the key can't be used: " + e.getMessage(), e);
    }
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
