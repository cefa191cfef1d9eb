package io.pharos.alerting.channel.webpush;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.alerting.device.Device;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A push service with its browsers: it checks the sender's signature (RFC 8292) and decrypts each
/// message as the browser would (RFC 8291), by code of its own.
public final class PushServiceStandIn implements AutoCloseable {
  private static final byte[] AUTH = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /// A decrypted message.
  public record Received(String browser, Map<String, String> headers, String text) {}

  private final HttpServer server;
  private final Map<String, KeyPair> browsers = new ConcurrentHashMap<>();
  private final Map<String, Integer> answers = new ConcurrentHashMap<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final List<String> problems = new CopyOnWriteArrayList<>();

  public PushServiceStandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// Subscribes a browser.
  public Device subscribe(String browser, String person) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    browsers.put(browser, pair);
    return new Device(
        browser,
        person,
        URI.create(url() + "/push/" + browser),
        text(point((ECPublicKey) pair.getPublic())),
        text(AUTH),
        browser,
        Instant.EPOCH);
  }

  /// Makes the service answer a browser's messages with another status than 201.
  public void answer(String browser, int status) {
    answers.put(browser, status);
  }

  public List<Received> received() {
    return List.copyOf(received);
  }

  /// Why messages were refused.
  public List<String> problems() {
    return List.copyOf(problems);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String browser = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
    int status = answers.getOrDefault(browser, 201);
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (status == 201) {
      try {
        var headers = new HashMap<String, String>();
        exchange
            .getRequestHeaders()
            .forEach((name, values) -> headers.put(name, values.getFirst()));
        checkSignature(headers.getOrDefault("Authorization", ""));
        received.add(
            new Received(
                browser,
                headers,
                new String(decrypted(body, browsers.get(browser)), StandardCharsets.UTF_8)));
      } catch (GeneralSecurityException | RuntimeException e) {
        problems.add(e.toString());
        status = 400;
      }
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private void checkSignature(String authorization) throws GeneralSecurityException {
    String[] parts = authorization.replaceFirst("^vapid t=", "").split(", k=", -1);
    String[] token = parts[0].split("\\.", -1);
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initVerify(key(bytes(parts[1])));
    signature.update((token[0] + "." + token[1]).getBytes(StandardCharsets.US_ASCII));
    String claims = new String(bytes(token[1]), StandardCharsets.UTF_8);
    if (!signature.verify(bytes(token[2])) || !claims.contains("\"aud\":\"" + url() + "\"")) {
      throw new GeneralSecurityException("the signature is wrong: " + claims);
    }
  }

  private static byte[] decrypted(byte[] body, KeyPair browser) throws GeneralSecurityException {
    ByteBuffer buffer = ByteBuffer.wrap(body);
    var salt = new byte[16];
    buffer.get(salt);
    if (buffer.getInt() < body.length - 86) {
      throw new GeneralSecurityException("more than one record");
    }
    var sender = new byte[buffer.get()];
    buffer.get(sender);
    var sealed = new byte[buffer.remaining()];
    buffer.get(sealed);
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(browser.getPrivate());
    agreement.doPhase(key(sender), true);
    var info = ByteBuffer.allocate(14 + 65 + 65);
    info.put("WebPush: info\0".getBytes(StandardCharsets.US_ASCII));
    info.put(point((ECPublicKey) browser.getPublic())).put(sender);
    byte[] input = derived(AUTH, agreement.generateSecret(), info.array(), 32);
    byte[] key =
        derived(
            salt, input, "Content-Encoding: aes128gcm\0".getBytes(StandardCharsets.US_ASCII), 16);
    byte[] nonce =
        derived(salt, input, "Content-Encoding: nonce\0".getBytes(StandardCharsets.US_ASCII), 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    byte[] padded = cipher.doFinal(sealed);
    if (padded[padded.length - 1] != 2) {
      throw new GeneralSecurityException("the last record has no delimiter");
    }
    return Arrays.copyOf(padded, padded.length - 1);
  }

  private static byte[] derived(byte[] salt, byte[] input, byte[] info, int length)
      throws GeneralSecurityException {
    return KDF.getInstance("HKDF-SHA256")
        .deriveData(
            HKDFParameterSpec.ofExtract().addSalt(salt).addIKM(input).thenExpand(info, length));
  }

  private static PublicKey key(byte[] point) throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    var place =
        new ECPoint(
            new BigInteger(1, Arrays.copyOfRange(point, 1, 33)),
            new BigInteger(1, Arrays.copyOfRange(point, 33, 65)));
    return KeyFactory.getInstance("EC")
        .generatePublic(
            new ECPublicKeySpec(place, parameters.getParameterSpec(ECParameterSpec.class)));
  }

  private static byte[] point(ECPublicKey key) {
    var point = new byte[65];
    point[0] = 4;
    put(key.getW().getAffineX(), point, 33);
    put(key.getW().getAffineY(), point, 65);
    return point;
  }

  private static void put(BigInteger number, byte[] target, int end) {
    byte[] bytes = number.toByteArray();
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, target, end - length, length);
  }

  private static byte[] bytes(String text) {
    return Base64.getUrlDecoder().decode(text);
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
