package io.pharos.logs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          nothing to hide                      | nothing to hide
          GET /a?token=abc.d-e_f&x=1           | GET /a?token=***&x=1
          access_token=abc, next               | access_token=***, next
          {"query":"token=abc"}                | {"query":"token=***"}
          {"message":"says \\"token\\":\\"abc\\""} | {"message":"says \\"token\\":\\"***\\""}
          Authorization: Bearer abc.def/+=     | Authorization: Bearer ***
          authorization: bearer abc            | authorization: bearer ***
          {"Authorization":"Bearer abc"}       | {"Authorization":"Bearer ***"}
          Authorization: Basic dXNlcjpwdw==    | Authorization: Basic ***
          Basic authentication failed          | Basic authentication failed
          jdbc:postgresql://h/d?password=x&a=b | jdbc:postgresql://h/d?password=***&a=b
          {"access_token":"abc","n":1}         | {"access_token":"***","n":1}
          {"client_secret": "abc"}             | {"client_secret": "***"}
          /api/push/a-b_c?status=up failed     | /api/push/***?status=up failed
          {"path":"/api/push/abc","n":1}       | {"path":"/api/push/***","n":1}
          https://h/api/push/abc               | https://h/api/push/***
          5 tokens=many                        | 5 tokens=many
          """)
  void line_losesItsSecrets(String line, String expected) {
    assertThat(Redaction.redact(line)).isEqualTo(expected);
  }
}
