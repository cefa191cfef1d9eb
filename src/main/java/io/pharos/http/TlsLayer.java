package io.pharos.http;

import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/// TLS for connections of [KeptConnection]s, as one set of options says; made anew when their files
/// change. A server that was spoken to before is by the session of then, where it allows that.
/// Thread-safe.
final class TlsLayer {
  private static final String[] HTTP_1 = {"http/1.1"};

  private final SSLSocketFactory factory;
  private final TlsOptions options;

  private TlsLayer(SSLSocketFactory factory, TlsOptions options) {
    this.factory = factory;
    this.options = options;
  }

  /// A layer that reads the options' files now.
  ///
  /// @throws IOException as [TlsContext#create(TlsOptions)]
  static TlsLayer of(TlsOptions options) throws IOException {
    try {
      SSLContext context =
          options.equals(TlsOptions.DEFAULT) ? SSLContext.getDefault() : TlsContext.create(options);
      return new TlsLayer(context.getSocketFactory(), options);
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("TLS can't be set up: " + e.getMessage(), e);
    }
  }

  /// Shakes hands by a connection that is there, which the socket returned closes too.
  ///
  /// @param host as the address has it
  /// @throws KeptConnection.UnsuitedException when the server does not speak HTTP/1.1
  /// @throws SSLException when one side does not like the other
  SSLSocket over(Socket connection, String host, int port) throws IOException {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (!(factory.createSocket(connection, bare, port, true) instanceof SSLSocket socket)) {
      throw new IOException("this JDK has no sockets for TLS");
    }
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(options.protocols().toArray(String[]::new));
    parameters.setApplicationProtocols(HTTP_1);
    if (!options.insecureSkipVerify() && options.serverName().isEmpty()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!options.serverName().isEmpty() && !isAddress(options.serverName())) {
      parameters.setServerNames(List.of(new SNIHostName(options.serverName())));
    }
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (SSLException e) {
      if (String.valueOf(e.getMessage()).contains("no_application_protocol")) {
        throw new KeptConnection.UnsuitedException(e);
      }
      throw e;
    }
    return socket;
  }

  private static boolean isAddress(String name) {
    try {
      InetAddress _ = InetAddress.ofLiteral(name);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
