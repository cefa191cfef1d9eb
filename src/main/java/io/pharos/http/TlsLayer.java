package io.pharos.http;

import io.pharos.config.http.TlsOptions;
import io.pharos.model.IpAddress;
import java.io.IOException;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/// TLS for [KeptConnection]s with one set of options. Sessions are resumed if the server allows it.
/// A new layer is created when a file changes. Thread-safe.
record TlsLayer(SSLSocketFactory factory, TlsOptions options) {
  private static final String[] HTTP_1 = {"http/1.1"};

  /// Creates a layer and reads the files of the options.
  ///
  /// @throws IOException if a file is unreadable or contains no certificate or key; the message
  ///   names the file
  static TlsLayer of(TlsOptions options) throws IOException {
    try {
      SSLContext context =
          options.equals(TlsOptions.DEFAULT) ? SSLContext.getDefault() : TlsContext.create(options);
      return new TlsLayer(context.getSocketFactory(), options);
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("TLS can't be set up: " + e.getMessage(), e);
    }
  }

  /// Performs a TLS handshake over an open connection. Closing the returned socket also closes the
  /// connection.
  ///
  /// @throws KeptConnection.UnsupportedProtocolException if the server does not support HTTP/1.1
  /// @throws SSLException if the handshake fails
  SSLSocket over(Socket connection, String host, int port) throws IOException {
    String bare = IpAddress.withoutBrackets(host);
    if (!(factory.createSocket(connection, bare, port, true) instanceof SSLSocket socket)) {
      throw new IOException("this JDK has no sockets for TLS");
    }
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(options.protocols().toArray(String[]::new));
    parameters.setApplicationProtocols(HTTP_1);
    if (!options.insecureSkipVerify() && options.serverName().isEmpty()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!options.serverName().isEmpty() && IpAddress.parse(options.serverName()).isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(options.serverName())));
    }
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (SSLException e) {
      if (String.valueOf(e.getMessage()).contains("no_application_protocol")) {
        throw new KeptConnection.UnsupportedProtocolException(e);
      }
      throw e;
    }
    return socket;
  }
}
