package io.pharos.alerting.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class PushCipherTest {
  private static final String BROWSER =
      "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

  private static Device device(String key) {
    return new Device(
        "d",
        "lead",
        URI.create("https://push.example.org/1"),
        key,
        "BTBZMqHH6r4Tts7J_aSIgg",
        "Phone",
        Instant.EPOCH);
  }

  private static byte[] bytes(String base64) {
    return Base64.getUrlDecoder().decode(base64);
  }

  private static PrivateKey privateKey(String base64) throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    return KeyFactory.getInstance("EC")
        .generatePrivate(
            new ECPrivateKeySpec(
                new BigInteger(1, bytes(base64)),
                parameters.getParameterSpec(ECParameterSpec.class)));
  }

  /// RFC 8291, appendix A.
  @Test
  void encrypt_exampleOfTheStandard_hasItsResult() throws GeneralSecurityException {
    var sender =
        new KeyPair(
            PointCodec.key(
                bytes(
                    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")),
            privateKey("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
    byte[] sealed =
        PushCipher.encrypt(
            "When I grow up, I want to be a watermelon".getBytes(StandardCharsets.US_ASCII),
            device(BROWSER),
            sender,
            bytes("DGv6ra1nlYgDCS1FRnbzlw"));
    assertThat(Base64.getUrlEncoder().withoutPadding().encodeToString(sealed))
        .isEqualTo(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc"
                + "InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
  }

  @Test
  void encrypt_longestMessage_has4096Bytes() throws GeneralSecurityException {
    var random = new SecureRandom();
    assertThat(PushCipher.encrypt(new byte[PushCipher.MAX_BYTES], device(BROWSER), random))
        .hasSize(4096);
    assertThatThrownBy(
            () -> PushCipher.encrypt(new byte[PushCipher.MAX_BYTES + 1], device(BROWSER), random))
        .hasMessageContaining("expected at most 3993 bytes");
  }

  @Test
  void encrypt_keyThatIsNoPoint_isRefused() {
    byte[] key = bytes(BROWSER);
    key[64] ^= 1;
    Device damaged = device(Base64.getUrlEncoder().withoutPadding().encodeToString(key));
    assertThatThrownBy(() -> PushCipher.encrypt(new byte[1], damaged, new SecureRandom()))
        .isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void device_keyOfAnotherLength_isRefused() {
    assertThatThrownBy(() -> device("AAAA"))
        .hasMessageContaining("p256dh: expected 65 bytes in base64url, found 3");
    assertThatThrownBy(() -> device("***")).hasMessageContaining("p256dh: expected base64url");
  }
}
