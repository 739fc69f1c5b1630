//! Signatures of access tokens, verified with `ring`: the TLS of this program uses it too, so the service has one
//! implementation of cryptography.
//!
//! Only public-key signatures are verified, and nothing is signed: a service that verifies tokens with a shared secret could
//! also create them.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // They create JWKs from keys, which the service does not need.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` verify with `ring` in this process.
pub fn install() {
    // Fails only if it is installed already.
    let _ = PROVIDER.install_default();
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type of `signer_factory`")]
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type of `verifier_factory`")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let method = method(*algorithm)?;
    let fits = matches!(
        (&method, key.family(), key.kind()),
        (Method::Rsa(_), AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { .. })
            | (Method::Ec(_), AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(_))
            | (Method::Ed(_), AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(_))
    );
    if !fits {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    Ok(Box::new(RingVerifier { algorithm: *algorithm, method, key: key.clone() }))
}

/// How `ring` verifies an algorithm.
enum Method {
    Rsa(&'static RsaParameters),
    Ec(&'static dyn VerificationAlgorithm),
    Ed(&'static dyn VerificationAlgorithm),
}

fn method(algorithm: Algorithm) -> Result<Method> {
    Ok(match algorithm {
        Algorithm::RS256 => Method::Rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Method::Rsa(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Method::Rsa(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Method::Rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Method::Rsa(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Method::Rsa(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Method::Ec(&ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Method::Ec(&ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => Method::Ed(&ED25519),
        // This includes shared secrets.
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    })
}

struct RingVerifier {
    algorithm: Algorithm,
    method: Method,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        let verified = match (&self.method, self.key.kind()) {
            (Method::Rsa(parameters), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Method::Ec(method) | Method::Ed(method), DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(*method, point).verify(message, signature)
            }
            _ => return Err(signature::Error::new()),
        };
        verified.map_err(signature::Error::from_source)
    }
}

/// Some issuers pad numbers, which RFC 7518 forbids and `ring` refuses.
fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::crypto::verify;

    const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql\
        L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo\
        7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2\
        PAcDTW9gb54h4FRWyuXpoQ";
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const CLAIMS: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    /// The signed text, the signature, the key and the algorithm of the examples in RFC 7515 (A.2, A.3) and RFC 8037 (A.4).
    fn examples() -> [(String, &'static str, DecodingKey, Algorithm); 3] {
        let rsa = DecodingKey::from_rsa_components(N, "AQAB").unwrap();
        let ec = DecodingKey::from_ec_components(X, Y).unwrap();
        let ed = DecodingKey::from_ed_components(ED).unwrap();
        [
            (
                format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}"),
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb\
                 F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383\
                 LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy\
                 wlVmtVrBp0igcN_IoypGlUPQGe77Rw",
                rsa,
                Algorithm::RS256,
            ),
            (
                format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}"),
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
                ec,
                Algorithm::ES256,
            ),
            (
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
                ed,
                Algorithm::EdDSA,
            ),
        ]
    }

    #[test]
    fn the_examples_of_the_standards_verify_and_changed_ones_do_not() {
        install();
        let examples = examples();
        for (message, signature, key, algorithm) in &examples {
            let message = message.as_bytes();
            assert!(verify(signature, message, key, *algorithm).unwrap(), "{algorithm:?}");
            assert!(!verify(signature, &message[1..], key, *algorithm).unwrap(), "another message");
            assert!(!verify(&signature[4..], message, key, *algorithm).unwrap(), "a shorter signature");
            assert!(!verify("", message, key, *algorithm).unwrap(), "no signature");
            for (_, other, ..) in examples.iter().filter(|(_, other, ..)| other != signature) {
                assert!(!verify(other, message, key, *algorithm).unwrap(), "another's signature");
            }
        }
    }

    #[test]
    fn a_key_is_used_only_with_its_own_kind_of_algorithm_and_never_as_a_shared_secret() {
        use Algorithm::{ES256, ES384, EdDSA, HS256, HS384, HS512, PS256, RS256, RS512};
        install();
        for (message, signature, key, own) in &examples() {
            for algorithm in [HS256, HS384, HS512, RS256, ES256, EdDSA].iter().filter(|other| *other != own) {
                let error = verify(signature, message.as_bytes(), key, *algorithm).unwrap_err();
                let refused =
                    matches!(error.kind(), ErrorKind::InvalidKeyFormat | ErrorKind::UnsupportedAlgorithm);
                assert!(refused, "{own:?} as {algorithm:?}: {error}");
            }
        }
        let [(message, signature, key, _), (ec_message, ec_signature, ec, _), _] = examples();
        for other in [RS512, PS256] {
            assert!(!verify(signature, message.as_bytes(), &key, other).unwrap(), "{other:?}");
        }
        assert!(
            !verify(ec_signature, ec_message.as_bytes(), &ec, ES384).unwrap(),
            "the key is of another curve"
        );
    }

    #[test]
    fn an_rsa_key_may_be_padded_and_must_have_2048_bits() {
        install();
        let [(message, signature, key, algorithm), ..] = examples();
        let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() else { panic!("not an RSA key") };
        let padded = DecodingKey::from_rsa_raw_components(
            &[&[0], n.as_slice()].concat(),
            &[&[0], e.as_slice()].concat(),
        );
        assert!(verify(signature, message.as_bytes(), &padded, algorithm).unwrap());
        let short = DecodingKey::from_rsa_raw_components(&n[..128], e);
        assert!(!verify(signature, message.as_bytes(), &short, algorithm).unwrap());
    }
}
