package io.pharos.probe.protocol;

import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;

/// Returns the socket of an attempt to PostgreSQL's driver, so that the attempt can close it at the
/// deadline. The driver creates an instance by the name of this class.
public final class ProbeSocketFactory extends SocketFactory {
  private static final Map<String, Socket> CONNECTED = new ConcurrentHashMap<>();

  private final String ticket;

  /// @param ticket key of the registered socket
  public ProbeSocketFactory(String ticket) {
    this.ticket = ticket;
  }

  static void register(String ticket, Socket socket) {
    CONNECTED.put(ticket, socket);
  }

  static void unregister(String ticket) {
    CONNECTED.remove(ticket);
  }

  /* A further connection of the driver, for example to cancel a query, is rejected, because it is
   * not part of the probe. */
  @Override
  public Socket createSocket() throws java.io.IOException {
    Socket socket = CONNECTED.remove(ticket);
    if (socket == null) {
      throw new java.io.IOException("expected only one connection for a probe");
    }
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws java.io.IOException {
    return createSocket();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws java.io.IOException {
    return createSocket();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws java.io.IOException {
    return createSocket();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws java.io.IOException {
    return createSocket();
  }
}
