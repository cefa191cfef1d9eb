package io.pharos.server.api.pharos;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The answers of an operation, for the OpenAPI document. Each text has one of these forms: `200
/// [GateView] The gate.` with a status, a schema and a description; `404 There is no gate.` without
/// a schema, if the answer is an error or has the schema of the first answer; `401 #Unauthorized`
/// with a status and the name of a shared response.
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
@interface Exchange {
  /// The answers.
  String[] value() default {};

  /// Id of another operation that has the same answers; `value` is empty then.
  String like() default "";

  /// Marks the parameter that contains the request's body, which is required and in JSON.
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  @interface Body {
    /// The name of the body's schema.
    String value();
  }
}
