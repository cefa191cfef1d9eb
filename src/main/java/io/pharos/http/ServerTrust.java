package io.pharos.http;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// A trust manager that verifies only servers. It is an extended trust manager, so the JDK does not
/// verify the host name in addition.
abstract class ServerTrust extends X509ExtendedTrustManager {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  /// Trusts every certificate (`insecure_skip_verify`).
  static final class All extends ServerTrust {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /// Verifies the certificate chain, and that the certificate is for a configured name
  /// (`server_name`) instead of the host name of the URL. The JDK's HTTP client can verify only the
  /// host name.
  static final class Named extends ServerTrust {
    private final X509ExtendedTrustManager chainTrust;
    private final String serverName;

    Named(X509ExtendedTrustManager chainTrust, String serverName) {
      this.chainTrust = chainTrust;
      this.serverName = serverName.toLowerCase(Locale.ROOT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      chainTrust.checkServerTrusted(chain, authType);
      if (!isNamed(chain[0])) {
        throw new CertificateException("the certificate is not valid for " + serverName);
      }
    }

    private boolean isNamed(X509Certificate certificate) throws CertificateParsingException {
      @Nullable Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) {
        return false;
      }
      for (List<?> name : names) {
        boolean comparable =
            name.get(0) instanceof Integer kind && (kind == DNS_NAME || kind == IP_ADDRESS);
        if (comparable && name.get(1) instanceof String text && matches(text)) {
          return true;
        }
      }
      return false;
    }

    private boolean matches(String pattern) {
      String lower = pattern.toLowerCase(Locale.ROOT);
      int dot = serverName.indexOf('.');
      return lower.equals(serverName)
          || (lower.startsWith("*.")
              && dot > 0
              && lower.substring(1).equals(serverName.substring(dot)));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return chainTrust.getAcceptedIssuers();
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this trust manager verifies only servers");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }
}
