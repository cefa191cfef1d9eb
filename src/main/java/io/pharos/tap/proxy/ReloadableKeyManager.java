package io.pharos.tap.proxy;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/// The key and certificate of a listener, which can be replaced while it listens. A handshake
/// continues with the certificate that it selected. (Updating the options of a Vert.x server would
/// abort handshakes.) Thread-safe.
final class ReloadableKeyManager extends X509ExtendedKeyManager {
  /* A handshake first selects an alias, then fetches the key of that alias. Aliases contain a
   * generation number; the previous generation remains available for handshakes that selected it
   * before the change. */
  private record Generations(int number, X509KeyManager current, X509KeyManager previous) {
    @Nullable String withNumber(@Nullable String alias) {
      return alias == null ? null : number + ":" + alias;
    }

    X509KeyManager selectedBy(String name) {
      return name.startsWith(number + ":") ? current : previous;
    }
  }

  private volatile Generations generations;

  ReloadableKeyManager(X509KeyManager first) {
    generations = new Generations(0, first, first);
  }

  /// Uses another key and certificate for new handshakes.
  synchronized void renew(X509KeyManager next) {
    generations = new Generations(generations.number + 1, next, generations.current);
  }

  private static String alias(String name) {
    return name.substring(name.indexOf(':') + 1);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    Generations now = generations;
    return now.withNumber(
        now.current instanceof X509ExtendedKeyManager keys
            ? keys.chooseEngineServerAlias(keyType, issuers, engine)
            : now.current.chooseServerAlias(keyType, issuers, null));
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    Generations now = generations;
    return now.withNumber(now.current.chooseServerAlias(keyType, issuers, socket));
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String name) {
    return generations.selectedBy(name).getCertificateChain(alias(name));
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String name) {
    return generations.selectedBy(name).getPrivateKey(alias(name));
  }

  /* A server does not call the methods below. */

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
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
