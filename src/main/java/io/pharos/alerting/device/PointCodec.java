package io.pharos.alerting.device;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;

/// Public keys of P-256 as uncompressed points (SEC 1, 2.3.3): 4, then both coordinates.
final class PointCodec {
  private static final int COORDINATE = 32;
  private static final byte UNCOMPRESSED = 4;
  private static final String CURVE = "secp256r1";

  private PointCodec() {}

  static KeyPair generate(SecureRandom random) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(CURVE), random);
    return generator.generateKeyPair();
  }

  static byte[] bytes(ECPublicKey key) {
    return ByteBuffer.allocate(1 + 2 * COORDINATE)
        .put(UNCOMPRESSED)
        .put(coordinate(key.getW().getAffineX()))
        .put(coordinate(key.getW().getAffineY()))
        .array();
  }

  private static byte[] coordinate(BigInteger value) {
    byte[] bytes = value.toByteArray();
    var padded = new byte[COORDINATE];
    int length = Math.min(bytes.length, COORDINATE);
    System.arraycopy(bytes, bytes.length - length, padded, COORDINATE - length, length);
    return padded;
  }

  /// Returns the key of a point.
  ///
  /// @throws InvalidKeyException if it is no point
  static PublicKey key(byte[] point) throws GeneralSecurityException {
    if (point.length != 1 + 2 * COORDINATE || point[0] != UNCOMPRESSED) {
      throw new InvalidKeyException("expected an uncompressed point of P-256");
    }
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(CURVE));
    return KeyFactory.getInstance("EC")
        .generatePublic(
            new ECPublicKeySpec(
                new ECPoint(
                    new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + COORDINATE)),
                    new BigInteger(1, Arrays.copyOfRange(point, 1 + COORDINATE, point.length))),
                parameters.getParameterSpec(ECParameterSpec.class)));
  }
}
