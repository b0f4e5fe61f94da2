"""The register of incidents and breaches of data protection, kept by its officer."""
