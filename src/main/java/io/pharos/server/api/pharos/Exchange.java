package io.pharos.server.api.pharos;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The answers of an operation, for the OpenAPI document: each is a status, its schema if it is no
/// error and differs from the first one's, and a description, as in `200 [GateView] The gate.`; or
/// a status and a shared response, as in `401 #Unauthorized`.
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
@interface Exchange {
  /// The answers.
  String[] value() default {};

  /// The operation that has the same answers.
  String like() default "";

  /// The parameter is the request's body in JSON, which is required.
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  @interface Body {
    /// Its schema.
    String value();
  }
}
