package io.pharos.alerting.device;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.KeyAgreement;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Encrypts a message for a device, as RFC 8291 (Message Encryption for Web Push) describes: one
/// record of the coding `aes128gcm` (RFC 8188).
public final class PushCipher {
  /// Push services must accept 4096 bytes of body; header, delimiter and tag take 103.
  public static final int MAX_BYTES = 4096 - 103;

  private static final int RECORD_SIZE = 4096;
  private static final int TAG_BITS = 128;
  private static final byte LAST_RECORD = 2;

  private PushCipher() {}

  /// Encrypts a message with a new key pair.
  ///
  /// @param text at most [#MAX_BYTES] bytes
  /// @throws GeneralSecurityException if the device's key is no point of the curve
  public static byte[] encrypt(byte[] text, Device device, SecureRandom random)
      throws GeneralSecurityException {
    var salt = new byte[16];
    random.nextBytes(salt);
    return encrypt(text, device, PointCodec.generate(random), salt);
  }

  /// Encrypts a message.
  ///
  /// @param sender a key pair that is used for this message only
  /// @param salt 16 random bytes
  /// @throws GeneralSecurityException if the device's key is no point of the curve
  static byte[] encrypt(byte[] text, Device device, KeyPair sender, byte[] salt)
      throws GeneralSecurityException {
    if (text.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          text.length + " bytes: expected at most " + MAX_BYTES + " bytes");
    }
    byte[] theirs = device.keyBytes();
    byte[] ours = PointCodec.bytes((ECPublicKey) sender.getPublic());
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(sender.getPrivate());
    agreement.doPhase(PointCodec.key(theirs), true);
    SecretKey shared = new SecretKeySpec(agreement.generateSecret(), "ECDH");
    SecretKey input =
        derive(device.authBytes(), shared, joined(ascii("WebPush: info\0"), theirs, ours), 32);
    SecretKey key = derive(salt, input, ascii("Content-Encoding: aes128gcm\0"), 16);
    SecretKey nonce = derive(salt, input, ascii("Content-Encoding: nonce\0"), 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(key.getEncoded(), "AES"),
        new GCMParameterSpec(TAG_BITS, nonce.getEncoded()));
    byte[] sealed = cipher.doFinal(joined(text, new byte[] {LAST_RECORD}));
    return ByteBuffer.allocate(21 + ours.length + sealed.length)
        .put(salt)
        .putInt(RECORD_SIZE)
        .put((byte) ours.length)
        .put(ours)
        .put(sealed)
        .array();
  }

  private static SecretKey derive(byte[] salt, SecretKey input, byte[] info, int length)
      throws GeneralSecurityException {
    return KDF.getInstance("HKDF-SHA256")
        .deriveKey(
            "Generic",
            HKDFParameterSpec.ofExtract().addSalt(salt).addIKM(input).thenExpand(info, length));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] joined(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(it -> it.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
